-- What was written stays; only an owner's hand could change it.
REVOKE UPDATE, DELETE, TRUNCATE ON
  invoices_document, invoices_line, invoices_issued, invoices_evidence, invoices_addressee,
  invoices_month
FROM nummer_app;
