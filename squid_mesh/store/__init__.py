"""Read and write rows. Only this package writes them; it decides nothing."""
