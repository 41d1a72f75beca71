"""Generated football: play by play, with the frequencies of real seasons and true odds by simulation."""
