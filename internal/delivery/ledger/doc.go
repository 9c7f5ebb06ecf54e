// Package ledger is the accounting of recipients: what became of each, who
// may work on them, and what a crash leaves to be known. It decides; others
// read and write.
package ledger
