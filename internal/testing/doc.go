// Package testing is what tests need: a real API server, a relay that follows a
// script, directories and databases, and whole Broadcasts in virtual time.
package testing
