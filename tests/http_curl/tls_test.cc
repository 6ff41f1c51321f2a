// Certificates are checked, old TLS is refused, and neither failure leaves a doubt about what was sent.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>

#include "tests/http_curl/calls.h"
#include "tests/http_curl/raw_server.h"

namespace fairlead {
namespace {

// A certificate that signs itself, for 127.0.0.1.
class Certificate {
 public:
  Certificate() : key_(EVP_EC_gen("P-256")), cert_(X509_new()) {
    X509_set_version(cert_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert_), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert_), 24 * 3600);
    X509_set_pubkey(cert_, key_);
    X509_NAME* const name = X509_get_subject_name(cert_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(cert_, name);
    Add(NID_subject_alt_name, "IP:127.0.0.1");
    Add(NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(cert_, key_, EVP_sha256());
  }
  ~Certificate() {
    X509_free(cert_);
    EVP_PKEY_free(key_);
  }
  void Write(const std::string& path) const {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    PEM_write_X509(file, cert_);
    std::fclose(file);
  }
  EVP_PKEY* key() const { return key_; }
  X509* cert() const { return cert_; }

 private:
  void Add(int nid, const char* value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(cert_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  EVP_PKEY* const key_;
  X509* const cert_;
};

// Takes one connection at a time and answers every request with 200.
class TlsServer {
 public:
  TlsServer(const Certificate& certificate, int max_version) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, certificate.cert());
    SSL_CTX_use_PrivateKey(context_, certificate.key());
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, max_version);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
    ::listen(listener_, 8);
    socklen_t size = sizeof(address);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/orders"; }
  int requests() const { return requests_.load(); }

 private:
  void Serve() {
    // OpenSSL's own socket writes raise SIGPIPE in the thread that writes. Blocked here alone, so that one raised by
    // the transport would still end the test.
    sigset_t pipe;
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      SSL* const ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      char buffer[8192];
      if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof(buffer)) > 0) {
        ++requests_;
        const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(ssl);
      }
      SSL_free(ssl);
      ::close(fd);
    }
  }
  SSL_CTX* const context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

TEST(Tls, ACertificateThatNobodyVouchesForIsNotSentAndTheErrorSaysWhereItLooked) {
  const Certificate certificate;
  TlsServer server(certificate, TLS1_3_VERSION);
  http::CurlTransport transport;
  const auto reply = transport.Send(Post(server.Url()), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration);
  EXPECT_NE(std::string(reply.status().message()).find("looked in file /"), std::string::npos) << reply.status();
  EXPECT_EQ(server.requests(), 0);
}

TEST(Tls, TheTeamsOwnTrustStoreIsUsedAndNamed) {
  const Certificate certificate;
  const Certificate stranger;
  const std::string good = testing::TempDir() + "/fairlead_good.pem";
  const std::string other = testing::TempDir() + "/fairlead_other.pem";
  certificate.Write(good);
  stranger.Write(other);
  TlsServer server(certificate, TLS1_3_VERSION);
  http::CurlOptions options;
  options.ca_file = good;
  const auto reply = http::CurlTransport(options).Send(Post(server.Url()), Call(Effect::kBlind));
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->body, "{}");
  for (const std::string& path : {other, std::string("/nowhere/ca.pem")}) {
    options.ca_file = path;
    const auto refused = http::CurlTransport(options).Send(Post(server.Url()), Call(Effect::kBlind));
    EXPECT_EQ(OutcomeOf(refused.status()), Outcome::kNotSent);
    EXPECT_EQ(KindOf(refused.status()), ErrorKind::kConfiguration);
    EXPECT_NE(std::string(refused.status().message()).find(path), std::string::npos) << refused.status();
  }
  EXPECT_EQ(server.requests(), 1);
  std::remove(good.c_str());
  std::remove(other.c_str());
}

TEST(Tls, TheCertificateMustBeForTheHost) {
  const Certificate certificate;
  const std::string good = testing::TempDir() + "/fairlead_host.pem";
  certificate.Write(good);
  TlsServer server(certificate, TLS1_3_VERSION);
  http::CurlOptions options;
  options.ca_file = good;
  std::string url = server.Url();
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  const auto reply = http::CurlTransport(options).Send(Post(url), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(KindOf(reply.status()), ErrorKind::kConfiguration);
  std::remove(good.c_str());
}

TEST(Tls, OldVersionsAreRefused) {
  const Certificate certificate;
  const std::string good = testing::TempDir() + "/fairlead_old.pem";
  certificate.Write(good);
  http::CurlOptions options;
  options.ca_file = good;
  TlsServer modern(certificate, TLS1_2_VERSION);
  EXPECT_TRUE(http::CurlTransport(options).Send(Post(modern.Url()), Call(Effect::kBlind)).ok());
  TlsServer old(certificate, TLS1_1_VERSION);
  const auto reply = http::CurlTransport(options).Send(Post(old.Url()), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  std::remove(good.c_str());
}

TEST(Tls, AServerThatSpeaksNoTlsIsNotSent) {
  // TLS waits for an answer to its hello; a plain server reads it as a request that never ends.
  RawServer server([](const RawRequest&, RawConnection& out) { return out.Answer(200, ""); });
  http::CurlOptions options;
  options.connect_timeout = std::chrono::milliseconds(300);
  http::CurlTransport transport(options);
  const auto reply =
      transport.Send(Post("https://127.0.0.1:" + std::to_string(server.port()) + "/"), Call(Effect::kBlind));
  EXPECT_EQ(OutcomeOf(reply.status()), Outcome::kNotSent);
  EXPECT_EQ(server.requests(), 0);
}

}  // namespace
}  // namespace fairlead
