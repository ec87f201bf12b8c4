"""REST for programs, with django-rest-framework: the project includes ``squid_mesh.rest.urls``.

It has the console's snapshots, actions, permissions and masks. It needs the extra ``rest``.
"""
