"""The only writer of rows. Functions here write what they are told to and decide nothing."""
