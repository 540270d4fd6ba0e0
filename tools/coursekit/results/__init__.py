"""Several runs side by side: the table, the bars, the curves and the sounds that a page shows of them."""
