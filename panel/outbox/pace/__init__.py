"""When the next message may leave: the interval, the caps, the rests and the holds, one clock for all senders."""
