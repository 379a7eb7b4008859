"""What goes over the wire: pages made small, with a form token that is another one each time."""
