package smtptest

import "maps"

// SetUsers replaces Config.Users for every login to come; whether login is on offer stays as it was.
func (s *Server) SetUsers(users map[string]string) {
	copied := maps.Clone(users)
	s.users.Store(&copied)
}

// password is what a user has to say now.
func (s *Server) password(user string) (string, bool) {
	users := s.cfg.Users
	if set := s.users.Load(); set != nil {
		users = *set
	}
	password, ok := users[user]
	return password, ok
}

// Cut closes every connection as it stands, as a machine does that loses its power.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}
