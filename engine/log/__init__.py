"""The append-only event log of a day, and the quarantine beside it; an external log would live here too."""
