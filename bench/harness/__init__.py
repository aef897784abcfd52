"""What bench/run.py is made of: rows, servers, runs, tables, plots."""
