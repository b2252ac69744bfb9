// The requests of docker/terraform-provider-docker, which the Go module proxy does not serve: sent and judged as its
// client does (Go's HTTP client, https only, one login whose JWT is kept until `exp`, strict decoding). One step a line
// on standard input, one result a line on standard output; HUB, DOCKER_USERNAME and DOCKER_PASSWORD say where and who.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const userAgent = "terraform-provider-docker/dev"

// timeout of a request. The provider gives a login 10 s; a machine that runs all tests at once may need longer.
const timeout = time.Minute

type step struct {
	Method, Path string
	Body         json.RawMessage
	// As names the answer that is decoded; empty where the provider reads nothing.
	As string
	// Pages follows `next` and answers the results of all pages.
	Pages bool
}

type result struct {
	Error string `json:"error,omitempty"`
	// Bodies of the answer, one a page.
	Bodies []json.RawMessage `json:"bodies,omitempty"`
}

type provider struct {
	base, username, password, token string
	expiry                          time.Time
}

func main() {
	p := provider{base: "https://" + os.Getenv("HUB") + "/v2", username: os.Getenv("DOCKER_USERNAME"), password: os.Getenv("DOCKER_PASSWORD")}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var next step
		var done result
		err := json.Unmarshal(lines.Bytes(), &next)
		if err == nil {
			done.Bodies, err = p.run(next)
		}
		if err != nil {
			done = result{Error: err.Error()}
		}
		out, err := json.Marshal(done)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(out))
	}
}

// run answers the bodies as they came, after decoding them as the provider does.
func (p *provider) run(s step) ([]json.RawMessage, error) {
	if s.As == "" {
		_, err := p.send(s.Method, s.Path, s.Body, nil)
		return nil, err
	}
	if s.Pages {
		return p.collect(s)
	}
	text, err := p.send(s.Method, s.Path, s.Body, answers[s.As]())
	return []json.RawMessage{text}, err
}

// collect follows `next` as the provider does: it strips its own base where the link begins with https://.
func (p *provider) collect(s step) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	for next := s.Path; next != ""; {
		if strings.HasPrefix(next, "https://") {
			next = strings.TrimPrefix(next, p.base)
		}
		text, err := p.send(s.Method, next, nil, answers[s.As]())
		if err != nil {
			return nil, err
		}
		all = append(all, text)
		var links struct{ Next string }
		if err := json.Unmarshal(text, &links); err != nil {
			return nil, err
		}
		next = links.Next
	}
	return all, nil
}

func (p *provider) send(method, path string, body []byte, answer any) ([]byte, error) {
	if err := p.login(); err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, p.base+path, bytes.NewBuffer(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+p.token)
	return p.exchange(request, answer)
}

func (p *provider) exchange(request *http.Request, answer any) ([]byte, error) {
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", userAgent)
	response, err := (&http.Client{Timeout: timeout}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || answer == nil && response.StatusCode < 400 {
		return nil, err
	}
	if response.StatusCode < 200 || response.StatusCode >= 400 {
		return nil, fmt.Errorf("%s %s: %s", request.URL.Path, response.Status, text)
	}
	return text, json.NewDecoder(bytes.NewReader(text)).Decode(answer)
}

// login keeps the token until it runs out; a token that is no JWT with `exp` is an error, as for the provider.
func (p *provider) login() error {
	if p.token != "" && time.Now().Before(p.expiry) {
		return nil
	}
	body, err := json.Marshal(map[string]string{"username": p.username, "password": p.password})
	if err != nil {
		return err
	}
	request, err := http.NewRequest("POST", p.base+"/users/login", bytes.NewBuffer(body))
	if err != nil {
		return err
	}
	var answer struct{ Token string }
	if _, err := p.exchange(request, &answer); err != nil {
		return err
	}
	p.expiry, err = readExpiry(answer.Token)
	p.token = answer.Token
	return err
}

func readExpiry(token string) (time.Time, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, errors.New("the token is no JWT")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}, err
	}
	var claims struct{ Exp *int64 }
	if err := json.Unmarshal(text, &claims); err != nil {
		return time.Time{}, err
	}
	if claims.Exp == nil {
		return time.Time{}, errors.New("token does not contain expiry")
	}
	return time.Unix(*claims.Exp, 0), nil
}
