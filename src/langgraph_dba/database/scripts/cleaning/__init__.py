"""One module per dialect decides which statements create objects, which write rows, and which are skipped."""
