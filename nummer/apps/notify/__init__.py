"""Letters to customers in their language: mail, page, SMS."""
