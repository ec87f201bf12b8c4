"""What all views share: permissions, errors, reading requests, pages and entity tags."""
