"""django-q2, behind one door: the broker that turns due steps into deliveries, and what a delivery runs."""
