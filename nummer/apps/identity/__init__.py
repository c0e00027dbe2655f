"""Papers that a rule of a number asks for: sealed, judged by a person, shown to nobody unseen.

A rule says by country, kind of number, supplier and kind of customer which declared fields and
which documents are needed. A customer hands both in together; a reviewer approves or refuses
them, and every look of hers is a line that the customer can read. What may leave for a supplier
is a dossier of the rule's own fields, through the one gate.

Invariants:
- Fields and documents are sealed with the customer's key of papers.
- A document is a PDF, a JPEG or a PNG by its content, whole, and at most DOCUMENT_BYTES_MAX.
- Papers are judged once; a judgement has its reviewer, and a refusal its reasons.
- Papers are opened only while they wait for a judgement, and each opening is a row that stays;
  whoever approves has opened every document.
- A dossier goes to a supplier once for each order; the row is written before anything leaves.
- A month after the last service that needed them papers are emptied, and with the last of them
  goes their key.

Clauses: LD-A3, LD-D2, LD-R2, LD-T3, LD-T4, PP-2.3a, PP-2.3b, PP-2.6.
"""
