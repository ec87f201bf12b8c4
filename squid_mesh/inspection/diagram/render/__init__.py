"""Writing a diagram as SVG, DOT or mermaid."""
