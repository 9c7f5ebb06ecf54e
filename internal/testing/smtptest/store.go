package smtptest

import (
	"hash/maphash"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// Message is one accepted message.
type Message struct {
	ID         int       `json:"id"` // from 1, in order of acceptance
	Time       time.Time `json:"time"`
	Connection int       `json:"connection"` // from 1
	From       string    `json:"from"`
	To         []string  `json:"to"`
	MailParams string    `json:"mailParams,omitempty"` // what followed the address in MAIL
	RcptParams []string  `json:"rcptParams,omitempty"` // likewise for each RCPT
	MessageID  string    `json:"messageID"`
	Size       int       `json:"size"` // octets of Data
	TLS        bool      `json:"tls"`
	User       string    `json:"user,omitempty"` // who was logged in
	Data       []byte    `json:"-"`              // as received, dots unstuffed
}

// Entry is one line of the reply log: what a recipient was told at the end of a transaction.
type Entry struct {
	Time       time.Time `json:"time"`
	Connection int       `json:"connection"`
	Recipient  string    `json:"recipient"`
	Phase      Phase     `json:"phase"`
	Code       int       `json:"code"` // 0: the connection was dropped instead
	Reply      string    `json:"reply,omitempty"`
	Stored     bool      `json:"stored"` // the message was kept
}

// Stats are the counters. Sizes of maps are bounded by the number of recipients.
type Stats struct {
	Connections    int            `json:"connections"`    // so far
	Open           int            `json:"open"`           // now
	ConnectionsMax int            `json:"connectionsMax"` // most at a time
	Messages       int            `json:"messages"`       // accepted
	Recipients     int            `json:"recipients"`     // different ones that got a message
	Accepted       map[string]int `json:"accepted"`       // messages per recipient
	Duplicates     int            `json:"duplicates"`     // beyond the first per (recipient, Message-ID)
	// Refused holds the last answer of each recipient that never got a message.
	Refused      map[string]Entry `json:"refused"`
	BareLineEnds int              `json:"bareLineEnds"` // CR or LF alone, in commands and data
	OutOfOrder   int              `json:"outOfOrder"`   // commands refused for their place
	Failed       int              `json:"failedLogins"`
	Flights      int              `json:"flights"` // see Flight
}

// maxLog bounds the reply log; older lines go first.
const maxLog = 200_000

type store struct {
	mu       sync.Mutex
	keep     int
	seed     maphash.Seed
	stats    Stats
	nextID   int
	messages []*Message
	copies   map[uint64]int // by recipient and Message-ID, hashed: a million of them must fit
	last     map[string]Entry
	log      []Entry
	trace    tracer
	flights  []*Flight
}

func newStore(keep int) *store {
	s := &store{keep: keep, seed: maphash.MakeSeed()}
	s.reset()
	return s
}

// reset forgets everything but the connections that are open.
func (s *store) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.stats.Open
	s.stats = Stats{Open: open, ConnectionsMax: open, Accepted: map[string]int{}}
	s.messages, s.log, s.flights, s.nextID = nil, nil, nil, 0
	s.copies, s.last = map[uint64]int{}, map[string]Entry{}
	s.trace.reset()
}

func (s *store) count(f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}

func (s *store) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Connections++
	s.stats.Open++
	s.stats.ConnectionsMax = max(s.stats.ConnectionsMax, s.stats.Open)
	return s.stats.Connections
}

// add keeps a message and returns its number.
func (s *store) add(m *Message) int {
	m.MessageID = messageID(m.Data)
	m.Size = len(m.Data)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	m.ID = s.nextID
	s.stats.Messages++
	for _, to := range m.To {
		key := strings.ToLower(to)
		s.stats.Accepted[key]++
		if m.MessageID == "" {
			continue
		}
		h := maphash.String(s.seed, key+"\x00"+m.MessageID)
		if s.copies[h]++; s.copies[h] > 1 {
			s.stats.Duplicates++
		}
	}
	s.messages = append(s.messages, m)
	if s.keep > 0 && len(s.messages) > s.keep {
		s.messages[0] = nil
		s.messages = s.messages[1:]
	}
	return m.ID
}

func (s *store) note(e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last[strings.ToLower(e.Recipient)] = e
	s.log = append(s.log, e)
	if len(s.log) > maxLog {
		s.log = append([]Entry(nil), s.log[maxLog/4:]...)
	}
}

// snapshot copies the counters.
func (s *store) snapshot() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Recipients = len(s.stats.Accepted)
	out.Accepted = make(map[string]int, len(s.stats.Accepted))
	for k, n := range s.stats.Accepted {
		out.Accepted[k] = n
	}
	out.Refused = map[string]Entry{}
	for k, e := range s.last {
		if s.stats.Accepted[k] == 0 {
			out.Refused[k] = e
		}
	}
	return out
}

// list copies the kept messages, of one recipient if one is named.
func (s *store) list(rcpt string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Message{}
	for _, m := range s.messages {
		if rcpt == "" || m.goesTo(rcpt) {
			out = append(out, *m)
		}
	}
	return out
}

func (m *Message) goesTo(rcpt string) bool {
	for _, to := range m.To {
		if strings.EqualFold(to, rcpt) {
			return true
		}
	}
	return false
}

func (s *store) entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Entry{}, s.log...)
}

// messageID finds the header field, folded or not, without parsing the rest.
func messageID(data []byte) string {
	const field = "Message-ID"
	head, _, _ := strings.Cut(string(data[:min(len(data), 64<<10)]), "\r\n\r\n")
	head = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head)
	for _, line := range strings.Split(head, "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(textproto.TrimString(name), field) {
			return textproto.TrimString(value)
		}
	}
	return ""
}
