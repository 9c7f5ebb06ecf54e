package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// browser is one program that is started anew for each page.
type browser struct{ program string }

// arguments keep it from doing anything but show the page.
func (b browser) arguments(profile string, more ...string) []string {
	return append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--hide-scrollbars", "--force-color-profile=srgb", "--font-render-hinting=none",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--user-data-dir=" + profile,
	}, more...)
}

// shoot takes a picture of a page at twice the scale, for sharp letters.
func (b browser) shoot(ctx context.Context, url string, width, height int) (image.Image, error) {
	dir, err := os.MkdirTemp("", "templateshots")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.png")
	_, err = b.run(ctx, dir, "--screenshot="+file, fmt.Sprintf("--window-size=%d,%d", width, height), url)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(data))
}

// title is that of the page when its frames are loaded.
func (b browser) title(ctx context.Context, url string, width, height int) (string, error) {
	dir, err := os.MkdirTemp("", "templateshots")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	out, err := b.run(ctx, dir, "--dump-dom", fmt.Sprintf("--window-size=%d,%d", width, height), url)
	if err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(out, "<title>")
	title, _, _ := strings.Cut(rest, "</title>")
	return title, nil
}

func (b browser) run(ctx context.Context, profile string, more ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var out, trouble bytes.Buffer
	cmd := exec.CommandContext(ctx, b.program, b.arguments(profile, more...)...)
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", b.program, err, trouble.String())
	}
	return out.String(), nil
}
