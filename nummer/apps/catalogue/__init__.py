"""Countries, carriers, services, prices, restrictions."""
