"""What a hostile reader of the engine has found."""
