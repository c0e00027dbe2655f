"""Published documents and restriction texts: versions, acceptances, consents."""
