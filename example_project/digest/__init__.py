"""The daily digest: the best new items of a feed, posted to Discord."""
