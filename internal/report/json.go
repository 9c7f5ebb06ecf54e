package report

import (
	"encoding/json"
	"time"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/redact"
)

// Schema names the form of the JSON. Fields are added to it, never changed
// or removed.
const Schema = "crier.dev/report/v1alpha1"

// machine is the JSON form. Times are RFC 3339 in UTC and left out when they
// are not known.
type machine struct {
	Schema      string           `json:"schema"`
	Kind        crier.ReportKind `json:"kind"`             // Preliminary or Final
	Result      string           `json:"result,omitempty"` // reason of the condition Finished
	GeneratedAt *time.Time       `json:"generatedAt,omitempty"`

	Broadcast machineBroadcast `json:"broadcast"`
	Times     machineTimes     `json:"times"`
	Audience  machineAudience  `json:"audience"`

	// Totals is the sum by state; all but intended add up to intended.
	Totals crier.DeliveryTotals `json:"totals"`
	// Accepted is accepted of intended without the suppressed, rounded down to
	// 0.1: "99.2%"; "100%" only for all, "-" when there is nobody.
	Accepted string `json:"accepted"`
	// BouncesReadable is true when late bounces are in the figures.
	BouncesReadable bool  `json:"bouncesReadable"`
	Passes          int32 `json:"passes"` // over the recipients, retries included

	// Reasons are grouped by state and cause, within a state the largest
	// group first. Groups beyond the tenth of a state are one of cause
	// "Other".
	Reasons []machineReason `json:"reasons"`
	Rows    machineRows     `json:"rows"`
	// Lost are shards whose recipients' addresses were deleted, at most 20.
	Lost []machineLost `json:"lost,omitempty"`
}

type machineLost struct {
	Shard int32 `json:"shard"`
	// First and Last place of its recipients in the order of addresses, from 1;
	// absent if they aren't known.
	First  int64                `json:"first,omitempty"`
	Last   int64                `json:"last,omitempty"`
	Totals crier.DeliveryTotals `json:"totals"`
}

type machineBroadcast struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Run       int32  `json:"run"`
	Subject   string `json:"subject"`
	From      string `json:"from,omitempty"`
	// List and ListAddress are those of the first list, Lists has all where
	// there are several.
	List        string        `json:"list,omitempty"`
	ListAddress string        `json:"listAddress,omitempty"`
	Lists       []machineList `json:"lists,omitempty"`
	Relay       string        `json:"relay,omitempty"`
	Revision    string        `json:"revision,omitempty"`
	// MessageHash is status.messageHash of what was sent.
	MessageHash string `json:"messageHash,omitempty"`
}

type machineList struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty"`
}

type machineTimes struct {
	Started      *time.Time `json:"started,omitempty"`
	FirstMessage *time.Time `json:"firstMessage,omitempty"`
	LastMessage  *time.Time `json:"lastMessage,omitempty"`
	Finished     *time.Time `json:"finished,omitempty"`
	Deadline     *time.Time `json:"deadline,omitempty"`
}

// machineAudience has each subscriber in one of recipients, duplicates,
// excluded, notSelected, undecided and suppressed; rejected rows are none.
type machineAudience struct {
	Recipients int64  `json:"recipients"`
	Digest     string `json:"digest,omitempty"`
	// Subscribers and SetCount are those of all sets, also those that Sets
	// leaves out; absent in reports of records that don't know them.
	Subscribers int64 `json:"subscribers,omitempty"`
	SetCount    int64 `json:"setCount,omitempty"`
	Duplicates  int64 `json:"duplicates"`
	Rejected    int64 `json:"rejected"`
	// Filters, and those whom they and exclusions left out.
	Filters     []string `json:"filters,omitempty"`
	Excluded    int64    `json:"excluded,omitempty"`
	NotSelected int64    `json:"notSelected,omitempty"`
	Undecided   int64    `json:"undecided,omitempty"`

	// Lists are the same figures of each list.
	Lists []machineListFigures `json:"lists,omitempty"`
	Sets  []machineSet         `json:"sets"`
	// Suppressed are those who would have been recipients, when they were chosen.
	Suppressed []machineSuppressed `json:"suppressed,omitempty"`
}

type machineSuppressed struct {
	Reason      crier.SuppressionReason `json:"reason"`
	Subscribers int64                   `json:"subscribers"`
}

// machineListFigures adds up likewise. Reached is how many people the list
// reaches by itself, which is what its bounds are about.
type machineListFigures struct {
	Name        string `json:"name"`
	Reached     int64  `json:"reached"`
	Recipients  int64  `json:"recipients"`
	Subscribers int64  `json:"subscribers"`
	SetCount    int64  `json:"setCount"`
	Rejected    int64  `json:"rejected"`
	Duplicates  int64  `json:"duplicates"`
	Excluded    int64  `json:"excluded"`
	NotSelected int64  `json:"notSelected"`
	Undecided   int64  `json:"undecided"`
	Suppressed  int64  `json:"suppressed"`
}

type machineSet struct {
	Name        string     `json:"name"`
	Subscribers int64      `json:"subscribers"`
	Rejected    int64      `json:"rejected"`
	SyncedAt    *time.Time `json:"syncedAt,omitempty"`
}

type machineReason struct {
	State      crier.DeliveryState `json:"state"`
	Cause      string              `json:"cause"` // a constant; "" when never tried
	Recipients int64               `json:"recipients"`
	Plain      string              `json:"plain"`
	Advice     string              `json:"advice,omitempty"`
	// Example is the reply heard most often, with addresses masked.
	Example *machineReply `json:"example,omitempty"`
}

type machineReply struct {
	Code         int    `json:"code,omitempty"`
	EnhancedCode string `json:"enhancedCode,omitempty"`
	Words        string `json:"words,omitempty"`
}

// machineRows says how complete the CSV is.
type machineRows struct {
	Added   int64 `json:"added"`   // recipients given one by one
	Left    int64 `json:"left"`    // of them not in the CSV, because it is too large
	Missing int64 `json:"missing"` // in the totals, but not given
}

// otherCause stands for the causes that are summed up.
const otherCause = "Other"

// JSON is the report for programs, see machine for its fields. It names no
// recipient.
func (b *Builder) JSON() ([]byte, error) {
	f := b.facts
	m := machine{
		Schema: Schema, Kind: f.Kind, Result: redact.Clean(f.Result, maxName), GeneratedAt: moment(f.GeneratedAt),
		Broadcast: machineBroadcast{
			Namespace: redact.Clean(f.Namespace, maxName), Name: redact.Clean(f.Name, maxName), Run: f.Run,
			Subject: redact.Clean(f.Subject, 998), From: redact.Clean(f.From, maxAddress+maxSubject),
			List: redact.Clean(f.List, maxName), ListAddress: redact.Clean(f.ListAddress, maxAddress),
			Relay: redact.Clean(f.RelayName, 2*maxName), Revision: redact.Clean(f.Revision, maxName),
			MessageHash: redact.Clean(f.MessageHash, maxName),
		},
		Times: machineTimes{moment(f.StartedAt), moment(f.FirstMessageAt), moment(f.LastMessageAt),
			moment(f.FinishedAt), moment(f.Deadline)},
		Audience: machineAudienceOf(f.Audience),
		Totals:   f.Totals, Accepted: Percent(f.Totals.Accepted, Wanted(f.Totals)),
		BouncesReadable: f.BouncesReadable, Passes: f.Passes,
		Reasons: []machineReason{},
	}
	for _, list := range f.Lists {
		m.Broadcast.Lists = append(m.Broadcast.Lists, machineList{redact.Clean(list.Name, maxName), redact.Clean(list.Address, maxAddress)})
	}
	m.Rows.Added, m.Rows.Left = b.Rows()
	m.Rows.Missing = b.missing()
	for _, p := range b.lost.parts {
		m.Lost = append(m.Lost, machineLost(p))
	}
	for _, state := range explained {
		for _, g := range b.groups.listed(state) {
			m.Reasons = append(m.Reasons, f.machine(g))
		}
	}
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(content, '\n'), nil
}

func (f Facts) machine(p *group) machineReason {
	m := machineReason{State: p.state, Cause: redact.Clean(string(p.cause), 64), Recipients: p.recipients,
		Plain: p.plain(), Advice: f.advice(p)}
	if p.other {
		m.Cause = otherCause
	}
	if said, ok := p.example(); ok {
		m.Example = &machineReply{said.Code, said.Enhanced, said.Text}
	}
	return m
}

func machineAudienceOf(a crier.PlannedAudience) machineAudience {
	m := machineAudience{
		Recipients: a.Recipients, Digest: a.Digest, Duplicates: a.Duplicates, Sets: []machineSet{},
		Subscribers: a.Subscribers, SetCount: a.SetCount,
		Excluded: a.Excluded, NotSelected: a.NotSelected, Undecided: a.Undecided,
	}
	for _, filter := range a.Filters {
		m.Filters = append(m.Filters, redact.Clean(filter, maxFilter))
	}
	_, m.Rejected, _, _ = sums(a)
	for _, l := range a.Lists {
		m.Lists = append(m.Lists, machineListFigures{redact.Clean(l.Name, maxName), l.Reached, l.Recipients, l.Subscribers, l.SetCount,
			l.Rejected, l.Duplicates, l.Excluded, l.NotSelected, l.Undecided, l.Suppressed})
	}
	for _, set := range a.Sets {
		m.Sets = append(m.Sets, machineSet{redact.Clean(set.Name, maxName), set.Subscribers, set.Rejected, moment(set.SyncedAt.Time)})
	}
	for _, s := range a.Suppressed {
		m.Suppressed = append(m.Suppressed, machineSuppressed{s.Reason, s.Subscribers})
	}
	return m
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}
