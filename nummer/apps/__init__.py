"""What we remember: tables, writes, reads and jobs, one package for each noun."""
