"""How Twilio's webhooks speak: their signature, and TwiML, the language of the answers."""
