"""The doctor: one check a function, one finding for each thing that is wrong, with its mend."""
