package smtptest

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// maxScript bounds PUT /script, in octets.
const maxScript = 8 << 20

// Control is the HTTP interface of a server that runs as a program:
//
//	GET  /stats               Stats
//	GET  /messages            []Message without bodies; ?rcpt=a@b, ?limit=N for the last N
//	GET  /messages/{id}/raw   the message as received
//	GET  /log                 []Entry; ?rcpt=a@b
//	GET  /trace               Trace
//	GET  /flights             []Flight, while the script's logFlights is set
//	PUT  /script              Script
//	GET  /script              Script
//	POST /reset               forget everything
//	GET  /healthz             200
//
// It has no login: keep it where only tests can reach it.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Stats()) })
	mux.HandleFunc("GET /messages", s.getMessages)
	mux.HandleFunc("GET /messages/{id}/raw", s.getRaw)
	mux.HandleFunc("GET /log", s.getLog)
	mux.HandleFunc("GET /script", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.engine.Load().script) })
	mux.HandleFunc("GET /flights", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Flights()) })
	mux.HandleFunc("GET /trace", s.getTrace)
	mux.HandleFunc("PUT /script", s.putScript)
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (s *Server) getMessages(w http.ResponseWriter, r *http.Request) {
	list := s.Messages(r.URL.Query().Get("rcpt"))
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			http.Error(w, "limit is a number from 0 on", http.StatusBadRequest)
			return
		}
		list = list[max(0, len(list)-n):]
	}
	writeJSON(w, list)
}

func (s *Server) getRaw(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		http.Error(w, "the id is a number", http.StatusBadRequest)
		return
	}
	for _, m := range s.Messages("") {
		if m.ID == id {
			w.Header().Set("Content-Type", "message/rfc822")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			_, _ = w.Write(m.Data)
			return
		}
	}
	http.Error(w, "no such message, or no longer kept", http.StatusNotFound)
}

func (s *Server) getLog(w http.ResponseWriter, r *http.Request) {
	all := s.Log()
	rcpt := r.URL.Query().Get("rcpt")
	if rcpt == "" {
		writeJSON(w, all)
		return
	}
	some := []Entry{}
	for _, e := range all {
		if (&Message{To: []string{e.Recipient}}).goesTo(rcpt) {
			some = append(some, e)
		}
	}
	writeJSON(w, some)
}

func (s *Server) putScript(w http.ResponseWriter, r *http.Request) {
	var script Script
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxScript))
	d.DisallowUnknownFields()
	err := d.Decode(&script)
	if err == nil {
		err = s.SetScript(script)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}
