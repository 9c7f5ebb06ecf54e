package smtptest

import "net"

// Flight is what a client sent between two answers: one round trip.
type Flight struct {
	Connection int `json:"connection"`
	Octets     int `json:"octets"` // as sent, without TLS
	// Reads is how many reads it took. 1 means that it came in one piece; over TLS, that it was one
	// record.
	Reads int `json:"reads"`
	// Steps are the verbs of the commands in it; "." stands for a message with its final dot.
	Steps []string `json:"steps,omitempty"`
}

// Flights copies what was logged while Script.LogFlights was set, oldest first; at most the last
// 200,000.
func (s *Server) Flights() []Flight { return s.store.flightLog() }

// meter sees where flights begin: with the first octets after an answer of ours.
type meter struct {
	net.Conn
	x *session
}

func (m meter) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if n > 0 {
		m.x.heard(n)
	}
	return n, err
}

func (m meter) Write(p []byte) (int, error) {
	m.x.spoke = true
	return m.Conn.Write(p)
}

func (x *session) heard(n int) {
	fresh := x.spoke || x.flight == nil
	x.spoke = false
	x.srv.store.mu.Lock()
	defer x.srv.store.mu.Unlock()
	if fresh {
		x.flight = &Flight{Connection: x.id}
		x.srv.store.stats.Flights++
		if x.srv.engine.Load().script.LogFlights {
			x.srv.store.addFlight(x.flight)
		}
	}
	x.flight.Octets += n
	x.flight.Reads++
}

// step notes a command or a message in the flight that brought its end.
func (x *session) step(name string) {
	if !x.srv.engine.Load().script.LogFlights || x.flight == nil {
		return
	}
	x.srv.store.mu.Lock()
	defer x.srv.store.mu.Unlock()
	x.flight.Steps = append(x.flight.Steps, name)
}

func (s *store) addFlight(f *Flight) {
	s.flights = append(s.flights, f)
	if len(s.flights) > maxLog {
		s.flights = append([]*Flight(nil), s.flights[maxLog/4:]...)
	}
}

func (s *store) flightLog() []Flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Flight, len(s.flights))
	for i, f := range s.flights {
		out[i] = *f
		out[i].Steps = append([]string(nil), f.Steps...)
	}
	return out
}
