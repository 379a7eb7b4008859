"""What an engine does with the files of `containers/`, as far as these need it: built and run without one."""
