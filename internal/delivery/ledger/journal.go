package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
)

// EntryKind says what an entry of a journal is about.
type EntryKind string

const (
	// EntryIntent: a batch is about to be added to the intent of the shard,
	// nothing was sent to it yet. It is there before the intent is: of whom the
	// journal doesn't know that, it has lost what it knew.
	EntryIntent EntryKind = "intent"
	// EntryEnd: the end of a message is about to leave.
	EntryEnd EntryKind = "end"
	// EntryResult: what came of it.
	EntryResult EntryKind = "result"
)

// Entry is a line of the journal that a sender keeps of a shard on its pod's
// disk. It survives the process, so that a crash leaves little unknown. It isn't
// synced, which would cost a flush of the disk for each message: a machine that
// loses power may lose any part of it, above all its end. So what it says is
// true, and what it doesn't say means something only in the boot in which it
// was written. It holds no address.
type Entry struct {
	Kind  EntryKind `json:"k"`
	Epoch int64     `json:"e"`
	Pass  int32     `json:"p"`
	// Recipients of an intent, as ranges.
	Recipients string `json:"is,omitempty"`
	// Boot of the machine in which an intent was noted, by its id.
	Boot string `json:"b,omitempty"`
	// Index of the recipient of the other kinds.
	Index int `json:"i,omitempty"`

	State  crier.DeliveryState `json:"s,omitempty"`
	Counts bool                `json:"n,omitempty"`
	Reply  *crier.ShardReply   `json:"r,omitempty"`
	// At in seconds since 1970.
	At int64 `json:"t,omitempty"`
}

// IntentEntry notes a batch that is about to be added to the intent of a shard,
// under a claim of that epoch and in that pass of sending, as all entries do,
// in that boot of the machine: "" if it isn't known.
func IntentEntry(epoch int64, pass int32, boot string, batch []int) Entry {
	return Entry{Kind: EntryIntent, Epoch: epoch, Pass: pass, Boot: boot, Recipients: formatRanges(batch)}
}

// EndEntry notes that the end of the message to a recipient is about to leave.
func EndEntry(epoch int64, pass int32, index int) Entry {
	return Entry{Kind: EntryEnd, Epoch: epoch, Pass: pass, Index: index}
}

// ResultEntry notes what came of sending to a recipient. Of an acceptance only
// what Settle keeps of it.
func ResultEntry(epoch int64, pass int32, r Result) Entry {
	if r.State == crier.DeliveryAccepted {
		r.Reply = crier.ShardReply{Phase: r.Reply.Phase, Code: r.Reply.Code}
	}
	e := Entry{Kind: EntryResult, Epoch: epoch, Pass: pass, Index: r.Index, State: r.State, Counts: r.Counts}
	if r.Reply != (crier.ShardReply{}) {
		e.Reply = &r.Reply
	}
	if !r.At.IsZero() {
		e.At = r.At.Unix()
	}
	return e
}

func (e Entry) result() Result {
	r := Result{Index: e.Index, State: e.State, Counts: e.Counts}
	if e.Reply != nil {
		r.Reply = *e.Reply
	}
	if e.At != 0 {
		r.At = time.Unix(e.At, 0)
	}
	return r
}

// AppendLine adds the entry to dst as a line of a journal. It begins with a
// line end too: the line before may have been torn when the process died. It
// is JSON; the two entries that each accepted message has are written by hand.
func (e Entry) AppendLine(dst []byte) ([]byte, error) {
	if e.Kind == EntryIntent || e.Reply != nil && !brief(e.Reply) {
		text, err := json.Marshal(e)
		if err != nil {
			return dst, err
		}
		dst = append(dst, '\n')
		dst = append(dst, text...)
		return append(dst, '\n'), nil
	}
	dst = append(dst, "\n{\"k\":\""...)
	dst = append(dst, e.Kind...)
	dst = append(dst, "\",\"e\":"...)
	dst = strconv.AppendInt(dst, e.Epoch, 10)
	dst = append(dst, ",\"p\":"...)
	dst = strconv.AppendInt(dst, int64(e.Pass), 10)
	dst = append(dst, ",\"i\":"...)
	dst = strconv.AppendInt(dst, int64(e.Index), 10)
	if e.State != "" {
		dst = append(dst, ",\"s\":\""...)
		dst = append(dst, e.State...)
		dst = append(dst, '"')
	}
	if e.Counts {
		dst = append(dst, ",\"n\":true"...)
	}
	if e.Reply != nil {
		dst = append(dst, ",\"r\":{\"phase\":\""...)
		dst = append(dst, e.Reply.Phase...)
		dst = append(dst, "\",\"code\":"...)
		dst = strconv.AppendInt(dst, int64(e.Reply.Code), 10)
		dst = append(dst, '}')
	}
	if e.At != 0 {
		dst = append(dst, ",\"t\":"...)
		dst = strconv.AppendInt(dst, e.At, 10)
	}
	return append(dst, '}', '\n'), nil
}

// brief says whether a reply is a phase and a code and nothing else.
func brief(r *crier.ShardReply) bool {
	if *r != (crier.ShardReply{Phase: r.Phase, Code: r.Code}) || r.Phase == "" || r.Code == 0 {
		return false
	}
	return strings.Trim(r.Phase, "abcdefghijklmnopqrstuvwxyz") == ""
}

// ReadJournal reads the entries of a journal in order. What isn't a whole
// line is left out: a message whose end wasn't wholly noted had not been
// ended.
func ReadJournal(r io.Reader) ([]Entry, error) {
	var out []Entry
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		var e Entry
		if len(line) == 0 || json.Unmarshal(line, &e) != nil || e.Index < 0 {
			continue
		}
		if e.Kind == EntryResult && letterOf[e.State] == 0 {
			continue
		}
		out = append(out, e)
	}
}
