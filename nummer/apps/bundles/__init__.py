"""Papers as programs put them together: people, documents, and bundles of both, piece by piece.

A customer on the page hands papers in at once; a program says a person's fields first, sends
documents then, assigns both to a bundle and submits that. Submitting hands the papers in
(`identity`), and from then on the bundle's state is that of its papers.

Invariants:
- What was said and sent is sealed with the customer's key of papers.
- A document is a PDF, a JPEG or a PNG by its content, as everywhere (`identity.contents`).
- A bundle that is looked at is not changed, and neither are its pieces.
- Pieces go KEPT after they were last changed, submitted or not: what was handed in is in its
  papers. So do bundles that were never submitted.

Clauses: LD-A3, LD-T3, PP-2.3a, PP-2.3b, PP-2.6.
"""
