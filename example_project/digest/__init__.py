"""The daily digest: a feed's best new items, posted to Discord."""
