package share

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// board is a connection Secret with its version.
type board struct {
	version, round int64
	rations        Rations
	gone           bool
}

// simPod polls its board and holds what it saw.
type simPod struct {
	uid, board string
	held       Held
	started    time.Duration // of its machine
	boots      int
	starts     time.Duration // of its container, with what the one before it knew
	recalls    []byte
	ended      bool // its containers have, and the API says so
	listed     bool // the API still knows it
	asked      time.Duration
	answer     *Ration // of the look that is under way
	// wrote is which ration it keeps to, as it wrote at some time.
	wrote int64
	// lanes are how far each connection is on its way to its next message.
	lanes []float64
}

// simManager works through a round in steps, between any two of which it may
// sleep for long, die, or be overtaken by another.
type simManager struct {
	offset  time.Duration // of its clock
	known   map[string]Posting
	step    int
	book    *Book
	version int64
	read    map[string]board
	posts   map[string]Rations
	wakes   time.Duration
}

// sim is a Relay with everything that uses it.
type sim struct {
	*rand.Rand
	now     time.Duration
	limits  Limits
	data    []byte
	version int64
	boards  map[string]*board
	records map[string]*Record
	pods    []*simPod
	mgrs    []*simManager
	next    int
	story   []string
	granted int
	// accepted are the times of acceptances in the last ten seconds.
	accepted []time.Duration
}

var seeds = flag.Int("seeds", 400, "how many seeds of the simulation to run")

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newSim(seed uint64) *sim {
	s := &sim{Rand: rand.New(rand.NewPCG(seed, 1)), boards: map[string]*board{}, records: map[string]*Record{}}
	s.limits = Limits{Limit: Limit{Connections: 1 + s.IntN(30)}, Urgent: s.IntN(2) == 0}
	if s.IntN(3) > 0 {
		s.limits.PerSecond = []float64{0.01, 0.5, 3, 40}[s.IntN(4)]
	}
	if s.IntN(2) == 0 {
		s.limits.Destinations = map[string]Limit{
			"few": {Connections: 1 + s.IntN(3)}, "slow": {PerSecond: 0.5 + s.Float64()},
		}
	}
	for range 2 {
		s.mgrs = append(s.mgrs, &simManager{offset: time.Duration(s.IntN(4000)-2000) * time.Millisecond, known: map[string]Posting{}})
	}
	return s
}

func (s *sim) tell(format string, args ...any) {
	s.story = append(s.story, fmt.Sprintf("%7.2f ", s.now.Seconds())+fmt.Sprintf(format, args...))
}

func (s *sim) run(t *testing.T, steps int) {
	t.Helper()
	for range steps {
		step := time.Duration(s.IntN(400)) * time.Millisecond
		s.now += step
		s.send(step.Seconds())
		switch n := s.IntN(100); {
		case n < 3:
			s.world()
		case n < 45:
			s.manage(s.mgrs[s.IntN(len(s.mgrs))])
		default:
			s.poll()
		}
		if problem := s.check(); problem != "" {
			for _, line := range s.story[max(0, len(s.story)-60):] {
				t.Log(line)
			}
			t.Fatal(problem)
		}
	}
}

// world lets records and pods come and go.
func (s *sim) world() {
	name := fmt.Sprintf("r%d", s.IntN(6))
	r := s.records[name]
	switch s.IntN(8) {
	case 0, 1, 2:
		if r == nil {
			s.records[name] = &Record{Board: name, Urgent: s.IntN(4) == 0, Left: s.Int64N(2000), PerPod: 1 + s.IntN(8)}
			version := int64(1)
			if old := s.boards[name]; old != nil {
				version = old.version + 1
			}
			s.boards[name] = &board{version: version}
			s.tell("record %s starts: %+v", name, *s.records[name])
		}
	case 3:
		if r != nil {
			delete(s.records, name)
			if s.IntN(2) == 0 {
				s.boards[name].gone = true
			}
			s.tell("record %s ends", name)
		}
	case 4, 5:
		if r != nil {
			s.next++
			s.pods = append(s.pods, &simPod{
				uid: fmt.Sprintf("p%d", s.next), board: name, listed: true,
				started: s.now - time.Duration(s.IntN(60))*time.Second,
			})
			s.tell("pod p%d of %s starts", s.next, name)
		}
	case 6:
		if len(s.pods) > 0 {
			p := s.pods[s.IntN(len(s.pods))]
			p.listed = false // deleted by force: it may well go on
			p.ended = p.ended || s.IntN(2) == 0
			s.tell("pod %s is gone, ended %t", p.uid, p.ended)
		}
	case 7:
		if r != nil {
			r.Left, r.Urgent, r.Canary = s.Int64N(2000), s.IntN(4) == 0, s.IntN(4) == 0
		}
	}
}

// poll is a look of one pod: it begins, is answered, and is read, with other
// things in between.
func (s *sim) poll() {
	if len(s.pods) == 0 {
		return
	}
	p := s.pods[s.IntN(len(s.pods))]
	switch {
	case p.ended:
	case s.now < p.starts:
	case p.recalls != nil:
		p.held = *Recall(p.recalls, fmt.Sprint("boot ", p.boots), s.now-p.started)
		p.recalls = nil
	case p.asked == 0:
		p.asked = s.now - p.started
	case p.answer == nil:
		g := Ration{}
		if b := s.boards[p.board]; b != nil && !b.gone {
			g = b.rations[p.uid]
		}
		p.answer = &g
	default:
		p.held.Observe(p.asked, *p.answer)
		p.asked, p.answer = 0, nil
		if g, ok := p.held.Current(s.now - p.started); ok && s.IntN(3) == 0 {
			p.wrote = g.Seq
		}
		if s.IntN(20) == 0 { // its container is restarted
			s.restart(p)
		}
	}
}

// restart ends the pod's container: another one will start. Now and then it is
// the machine that was started again, and its clock with it.
func (s *sim) restart(p *simPod) {
	p.recalls, _ = p.held.Remember(fmt.Sprint("boot ", p.boots))
	p.held, p.starts = Held{}, s.now
	if s.IntN(2) == 0 {
		p.boots++
		p.started = s.now + time.Duration(s.IntN(60))*time.Second
		p.starts = p.started + time.Duration(s.IntN(60))*time.Second
		s.tell("the machine of %s is started again", p.uid)
	}
}

func (s *sim) lose(m *simManager, why string) {
	if m.step != 0 {
		s.tell("a manager at step %d: %s", m.step, why)
	}
	m.step, m.posts = 0, nil
}

// manage is one step of a manager.
func (s *sim) manage(m *simManager) {
	switch n := s.IntN(60); {
	case s.now < m.wakes:
		return
	case n == 0:
		m.wakes = s.now + time.Duration(s.IntN(200))*time.Second
		s.tell("a manager at step %d sleeps until %.0f", m.step, m.wakes.Seconds())
		return
	case n == 1:
		s.lose(m, "is killed")
		m.known = map[string]Posting{}
		return
	}
	switch m.step {
	case 0:
		m.book, _ = DecodeBook(s.data)
		m.version = s.version
	case 1:
		s.decide(m)
	case 2: // the boards are read before the book is written
		m.read = map[string]board{}
		for name := range m.posts {
			if b := s.boards[name]; b != nil {
				m.read[name] = *b
			}
		}
	case 3:
		if m.version != s.version {
			s.lose(m, "was overtaken")
			return
		}
		s.data, _ = m.book.Encode()
		s.version++
		if s.IntN(20) == 0 {
			s.lose(m, "lost the answer to the write of the book")
			return
		}
	default:
		s.postOne(m)
		return
	}
	m.step++
}

func (s *sim) clock(m *simManager) time.Time { return epoch.Add(s.now + m.offset) }

// decide is what the controller does between reading the book and writing.
func (s *sim) decide(m *simManager) {
	now := s.clock(m)
	for name, round := range m.book.Unposted() {
		if p, ok := m.known[name]; ok && p.Round >= round {
			continue
		}
		shown := m.book.Round
		if b := s.boards[name]; b != nil && !b.gone {
			shown = b.round
		}
		m.known[name] = Posting{Round: shown, At: s.clock(m)}
	}
	ended, pods, kept := map[string]bool{}, map[string][]string{}, map[string]int64{}
	for _, p := range s.pods {
		switch {
		case p.listed && p.ended:
			ended[p.uid] = true
		case p.listed:
			pods[p.board] = append(pods[p.board], p.uid)
			kept[p.uid] = p.wrote
		}
	}
	if s.IntN(2) == 0 {
		m.book.Heed(kept)
	}
	m.book.Observe(m.known, ended, now)
	var records []Record
	for name, r := range s.records {
		r.Pods = pods[name]
		records = append(records, *r)
	}
	m.posts = m.book.Next(s.limits, records, now)
	if len(m.posts) == 0 {
		m.step = -1
	}
}

// postOne writes one of the boards, if nobody has written it since.
func (s *sim) postOne(m *simManager) {
	for name, rations := range m.posts {
		delete(m.posts, name)
		b, was := s.boards[name], m.read[name]
		if b == nil || b.gone || b.version != was.version {
			continue
		}
		b.version++
		b.rations, b.round = rations, m.book.Round
		s.granted += len(rations)
		if s.IntN(20) > 0 { // else the answer was lost
			m.known[name] = Posting{Round: m.book.Round, At: s.clock(m)}
		}
		s.tell("posted at %s in round %d: %+v", name, m.book.Round, rations)
		return
	}
	m.step = 0
}

// send lets each connection be as fast as it may: a message whenever it has
// waited for a whole one, which new connections have to, too.
func (s *sim) send(seconds float64) {
	const window = 10 * time.Second
	s.accepted = slices.DeleteFunc(s.accepted, func(at time.Duration) bool { return s.now-at >= window })
	for _, p := range s.pods {
		g, ok := p.held.Current(s.now - p.started)
		if !ok || p.ended || g.PerSecond == 0 {
			p.lanes = nil
			continue
		}
		p.lanes = append(p.lanes, make([]float64, max(0, g.Connections-len(p.lanes)))...)[:g.Connections]
		for k := range p.lanes {
			p.lanes[k] += seconds * g.PerSecond / float64(g.Connections)
			if p.lanes[k] >= 1 {
				p.lanes[k] = 0
				s.accepted = append(s.accepted, s.now)
			}
		}
	}
}

// check adds up what pods may use right now.
func (s *sim) check() string {
	connections, rate := 0, 0.0
	dests := map[string]Limit{}
	for _, p := range s.pods {
		g, ok := p.held.Current(s.now - p.started)
		if !ok || p.ended {
			continue
		}
		connections += g.Connections
		rate += g.PerSecond
		for name, d := range g.Destinations {
			dests[name] = Limit{dests[name].Connections + d.Connections, dests[name].PerSecond + d.PerSecond}
		}
	}
	if most := 10*s.limits.PerSecond + float64(s.limits.Connections); s.limits.PerSecond > 0 && float64(len(s.accepted)) > most {
		return fmt.Sprintf("%d acceptances in 10 seconds, at most %g", len(s.accepted), most)
	}
	const noise = 1e-6
	if connections > s.limits.Connections || s.limits.PerSecond > 0 && rate > s.limits.PerSecond+noise {
		return fmt.Sprintf("%d connections and %g a second of %+v", connections, rate, s.limits.Limit)
	}
	for name, limit := range s.limits.Destinations {
		d := dests[name]
		if limit.Connections > 0 && d.Connections > limit.Connections || limit.PerSecond > 0 && d.PerSecond > limit.PerSecond+noise {
			return fmt.Sprintf("destination %s: %+v of %+v", name, d, limit)
		}
	}
	return ""
}

// However pods and records come and go, however managers sleep, die and
// fight: what pods may use at any instant never sums above the limits.
func TestSharesNeverSumAboveTheLimits(t *testing.T) {
	seeds := *seeds
	if testing.Short() {
		seeds = 40
	}
	granted := 0
	for seed := range uint64(seeds) {
		s := newSim(seed)
		s.run(t, 3000)
		granted += s.granted
	}
	if granted < seeds*20 {
		t.Errorf("only %d grants in %d runs: nothing was tried", granted, seeds)
	}
}
