"""Everything that knows django-q2: the broker that delivers due steps, and what a delivery executes."""
