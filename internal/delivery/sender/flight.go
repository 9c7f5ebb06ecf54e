package sender

import (
	"sync/atomic"

	"crier.dev/crier/internal/delivery/ledger"
	"crier.dev/crier/internal/smtp/outcome"
)

// place names a recipient within the record.
type place struct {
	shard int32
	index int
}

// The stages of a flight until it is over.
const (
	queued int32 = iota
	taken
	recalled
)

// flight is a recipient on the way: in the intent of a job, then in the
// queue, then with a lane. It ends with exactly one result.
type flight struct {
	job   *job
	index int
	class *class
	stage atomic.Int32
	ended atomic.Bool // the end of the message may have left
	// result is what it ends with, unless the breaker judges otherwise.
	result ledger.Result
}

func (f *flight) recipient() string { return f.job.recipients[f.index].Email }

func (f *flight) place() place { return place{f.job.index, f.index} }

// end hands the result to the job.
func (f *flight) end(r ledger.Result) { f.job.results <- r }

// note writes to the journal what the flight will end with. If that fails, a
// crash leaves more unknown, and nothing worse.
func (f *flight) note(r ledger.Result) {
	if err := f.job.journal.note(f.job.resultEntry(r)); err != nil {
		f.job.fail(err)
	}
}

// putOff is the result of a recipient whose refusal isn't about him.
func (f *flight) putOff() ledger.Result {
	r := f.result
	r.State, r.Counts = stateOf[outcome.Deferred], false
	return r
}
