// Package version is the version of this build, of all its programs.
package version

// Version is set by the linker.
var Version = "devel"
