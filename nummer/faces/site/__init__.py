"""The pages that customers and visitors see."""
