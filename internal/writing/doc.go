// Package writing is what it says, to the octet: from a template, values and a
// body to one signed message for one recipient.
package writing
