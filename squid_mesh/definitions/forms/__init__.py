"""The forms of approvals: the installed model, how it differs from its request, and the stored schema."""
