package main

import (
	"context"
	"embed"
	"net"
	"net/http"
	"path"
	"strings"
)

// images are what the samples show: drawings instead of photographs.
//
//go:embed images/*.svg
var images embed.FS

// hosts are where the samples have their images; here they come from us.
var hosts = []string{"https://www.example.gov/mail/", "https://parks.example.gov/mail/"}

// serve answers on loopback until the program ends, and returns its address.
func serve(ctx context.Context, messages map[string]string) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sheet/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(sheet(r.PathValue("name"))))
	})
	mux.HandleFunc("GET /message/{name}", func(w http.ResponseWriter, r *http.Request) {
		text := messages[r.PathValue("name")]
		for _, host := range hosts {
			text = strings.ReplaceAll(text, host, "/image/")
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	})
	mux.HandleFunc("GET /image/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		drawing, err := images.ReadFile("images/" + strings.TrimSuffix(name, path.Ext(name)) + ".svg")
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = w.Write(drawing)
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), nil
}
