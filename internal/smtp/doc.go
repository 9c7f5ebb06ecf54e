// Package smtp is how it goes over the wire: sessions with a relay, which relays may
// be dialed at all, and what a reply means for one recipient.
package smtp
