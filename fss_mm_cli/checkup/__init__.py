"""What ``fss-mm doctor`` looks at: each module has a section of findings."""
