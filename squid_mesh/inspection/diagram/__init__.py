"""Diagrams of workflows and runs: what is drawn, its layout, and the formats SVG, DOT and mermaid."""
