"""REST for programs, on django-rest-framework: the host includes ``squid_mesh.rest.urls``.

It has the console's snapshots, actions, permissions and masks. Needs the extra ``rest``.
"""
