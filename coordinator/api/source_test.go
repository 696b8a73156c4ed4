package api

import "testing"

func TestSource(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:4711":                 "192.0.2.7",
		"[::ffff:192.0.2.7]:4711":        "192.0.2.7",
		"[2001:db8:1:2::3]:4711":         "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff:1:2:3]:1":    "2001:db8:1:2::/64",
		"[2001:db8:1:3::3]:4711":         "2001:db8:1:3::/64",
		"[fe80::1%eth0]:80":              "fe80::/64",
		"2001:db8:1:2:aaaa:bbbb:cccc:dd": "2001:db8:1:2::/64",
		"pipe":                           "pipe",
	} {
		if got := source(remote); got != want {
			t.Errorf("source of %s: %s, want %s", remote, got, want)
		}
	}
}
