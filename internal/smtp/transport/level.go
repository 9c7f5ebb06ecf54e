package transport

// Level is how much of a session is said before the server has answered (RFC 2920).
type Level int

const (
	// LevelOff waits for the reply to each command.
	LevelOff Level = iota + 1
	// LevelWithin says MAIL, RCPT and DATA in one flight, then the message in another: two round
	// trips for a message.
	LevelWithin
	// LevelAcross says the end of one message and the MAIL, RCPT and DATA of the next in one flight:
	// one round trip for a message.
	LevelAcross
)

// String implements fmt.Stringer.
func (l Level) String() string {
	switch l {
	case LevelOff:
		return "Off"
	case LevelWithin:
		return "Within"
	case LevelAcross:
		return "Across"
	}
	return "Unknown"
}

// Level is the one in use now. A session begins Within if the server offers PIPELINING, and goes
// Across, if Config allows it, once the server has answered a whole message.
func (c *Conn) Level() Level { return c.level }

// Announced says whether a next transaction has been begun whose Send must be the next call.
func (c *Conn) Announced() bool { return c.announced != nil }

// firstLevel is where a session begins.
func (c *Conn) firstLevel() Level {
	if !c.features.pipelining {
		c.limit = LevelOff
	}
	return min(c.limit, LevelWithin)
}
