// Package recipients is who gets it: addresses, rosters and the sources that they are
// read from, filters over attributes, suppressions, and the audience that all of
// them come to. Nothing here knows how a message is written or sent.
package recipients
