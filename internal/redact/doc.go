// Package redact makes the words of strangers, above all those of mail
// servers, fit to be kept and shown: Clean takes out of them what hides or
// moves text, and the others keep addresses from those who may not see them.
//
// Words are cleaned when they come in. Before they are kept, Hide puts Mark in
// the place of the recipient's address, since more people may read what is
// kept than may know who the recipients are. When they are shown, Reveal puts
// the address back for those who may see it, and Veil leaves the mark, and
// takes out all that would tell who it is, for those who may not.
package redact

// Mark stands for the recipient in a server's words, in what is kept and in
// what is shown masked. It also makes one of the replies that differ in nothing
// but the address. Records of all releases have it.
const Mark = "{recipient}"

// MaxWords is the most octets of a server's words that are taken in: RFC 5321
// section 4.5.3.1.5 allows 512 octets for a reply line.
const MaxWords = 512
