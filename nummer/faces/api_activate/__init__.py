"""The sms-activate dialect (specification notes: protocols, section 2)."""
