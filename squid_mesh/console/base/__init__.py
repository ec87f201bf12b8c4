"""What every page and list of the console shares: rendering, navigation, permissions, safe lists."""
