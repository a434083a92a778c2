// The calls of OpenCV that twinstile makes, over Node-API: compiled once, it works with every later Node.js. Types: src/vision/opencv/binding.ts.
#include <napi.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

namespace {

// An exception of OpenCV's is one of JavaScript's. For each of the calls below.
template <typename Work> auto guarded(Napi::Env env, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const cv::Exception &error) {
    throw Napi::Error::New(env, error.what());
  }
}

int intOf(const Napi::Value &value) { return value.ToNumber().Int32Value(); }
double numberOf(const Napi::CallbackInfo &info, size_t at, double otherwise) {
  return at < info.Length() && info[at].IsNumber() ? info[at].As<Napi::Number>().DoubleValue() : otherwise;
}
int intAt(const Napi::CallbackInfo &info, size_t at, int otherwise) { return static_cast<int>(numberOf(info, at, otherwise)); }
std::string textAt(const Napi::CallbackInfo &info, size_t at) { return info[at].ToString().Utf8Value(); }
cv::Size sizeOf(const Napi::Value &value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "that is no size");
  auto size = value.As<Napi::Object>();
  return {intOf(size.Get("width")), intOf(size.Get("height"))};
}
std::vector<int> flagsAt(const Napi::CallbackInfo &info, size_t at) {
  std::vector<int> flags;
  if (at < info.Length() && info[at].IsArray()) {
    auto list = info[at].As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); i += 1) flags.push_back(intOf(list.Get(i)));
  }
  return flags;
}

// A number for each channel, or one for the first; zeros where there is none.
cv::Scalar colourAt(const Napi::CallbackInfo &info, size_t at) {
  cv::Scalar colour(numberOf(info, at, 0));
  if (at >= info.Length() || !info[at].IsArray()) return colour;
  auto list = info[at].As<Napi::Array>();
  for (uint32_t i = 0; i < std::min<uint32_t>(4, list.Length()); i += 1) colour[static_cast<int>(i)] = list.Get(i).ToNumber().DoubleValue();
  return colour;
}

class Mat : public Napi::ObjectWrap<Mat> {
 public:
  static Napi::FunctionReference made;
  cv::Mat mat;

  explicit Mat(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Mat>(info) {
    guarded(info.Env(), [&] { fill(info); });
  }
  ~Mat() override { account(0); }

  static Napi::Value of(Napi::Env env, cv::Mat &&from) {
    auto object = made.New({});
    auto *wrapped = Unwrap(object);
    wrapped->mat = std::move(from);
    wrapped->account(static_cast<int64_t>(wrapped->mat.total() * wrapped->mat.elemSize()));
    return object;
  }
  static cv::Mat &in(const Napi::Value &value) {
    if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(made.Value())) throw Napi::TypeError::New(value.Env(), "that is no Mat");
    return Unwrap(value.As<Napi::Object>())->mat;
  }

  static void define(Napi::Env env, Napi::Object exports) {
    auto type = DefineClass(env, "Mat", {
      InstanceAccessor<&Mat::rows>("rows"), InstanceAccessor<&Mat::cols>("cols"), InstanceAccessor<&Mat::channels>("channels"),
      InstanceAccessor<&Mat::empty>("empty"), InstanceMethod<&Mat::getData>("getData"), InstanceMethod<&Mat::getRegion>("getRegion"),
      InstanceMethod<&Mat::resize>("resize"), InstanceMethod<&Mat::warpAffine>("warpAffine"), InstanceMethod<&Mat::cvtColor>("cvtColor"),
      InstanceMethod<&Mat::convertTo>("convertTo"), InstanceMethod<&Mat::gaussianBlur>("gaussianBlur"), InstanceMethod<&Mat::flip>("flip"),
      InstanceMethod<&Mat::rotate>("rotate"), InstanceMethod<&Mat::copyMakeBorder>("copyMakeBorder"), InstanceMethod<&Mat::add>("add"),
      InstanceMethod<&Mat::sub>("sub"), InstanceMethod<&Mat::copy>("copy"), InstanceMethod<&Mat::copyTo>("copyTo"),
      InstanceMethod<&Mat::set>("set"), InstanceMethod<&Mat::release>("release"),
    });
    made = Napi::Persistent(type);
    made.SuppressDestruct();
    exports.Set("Mat", type);
  }

 private:
  int64_t accounted = 0;

  // What lies outside of V8's heap counts when it decides to collect.
  void account(int64_t bytes) {
    Napi::MemoryManagement::AdjustExternalMemory(Env(), bytes - accounted);
    accounted = bytes;
  }
  // (), (rows, cols, type[, values]), (rows of numbers, type), (bytes, rows, cols, type).
  void fill(const Napi::CallbackInfo &info) {
    if (info.Length() == 0) return;
    if (info[0].IsArray()) {
      auto list = info[0].As<Napi::Array>();
      auto columns = list.Length() == 0 ? 0 : list.Get(uint32_t{0}).As<Napi::Array>().Length();
      cv::Mat numbers(list.Length(), columns, CV_64F);
      for (uint32_t row = 0; row < list.Length(); row += 1)
        for (uint32_t column = 0; column < columns; column += 1)
          numbers.at<double>(row, column) = list.Get(row).As<Napi::Array>().Get(column).ToNumber().DoubleValue();
      numbers.convertTo(mat, intAt(info, 1, CV_64F));
    } else if (info[0].IsBuffer()) {
      auto bytes = info[0].As<Napi::Buffer<uint8_t>>();
      cv::Mat there(intAt(info, 1, 0), intAt(info, 2, 0), intAt(info, 3, CV_8UC3));
      if (bytes.Length() != there.total() * there.elemSize()) throw Napi::RangeError::New(info.Env(), "the bytes are not a picture of that size");
      std::memcpy(there.data, bytes.Data(), bytes.Length());
      mat = there;
    } else {
      mat = cv::Mat(intAt(info, 0, 0), intAt(info, 1, 0), intAt(info, 2, CV_8UC3), colourAt(info, 3));
    }
    account(static_cast<int64_t>(mat.total() * mat.elemSize()));
  }

  Napi::Value rows(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), mat.rows); }
  Napi::Value cols(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), mat.cols); }
  Napi::Value channels(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), mat.channels()); }
  Napi::Value empty(const Napi::CallbackInfo &info) { return Napi::Boolean::New(info.Env(), mat.empty()); }

  Napi::Value getData(const Napi::CallbackInfo &info) {
    cv::Mat whole = mat.isContinuous() ? mat : mat.clone();
    return Napi::Buffer<uint8_t>::Copy(info.Env(), whole.data, whole.total() * whole.elemSize());
  }
  Napi::Value getRegion(const Napi::CallbackInfo &info) {
    if (info.Length() == 0 || !info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "that is no region");
    auto box = info[0].As<Napi::Object>();
    cv::Rect part(intOf(box.Get("x")), intOf(box.Get("y")), intOf(box.Get("width")), intOf(box.Get("height")));
    return guarded(info.Env(), [&] { return of(info.Env(), mat(part)); });
  }
  Napi::Value resize(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) {
      cv::resize(mat, to, cv::Size(intAt(info, 1, 0), intAt(info, 0, 0)), numberOf(info, 2, 0), numberOf(info, 3, 0), intAt(info, 4, cv::INTER_LINEAR));
    });
  }
  Napi::Value warpAffine(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) {
      cv::warpAffine(mat, to, in(info[0]), sizeOf(info[1]), intAt(info, 2, cv::INTER_LINEAR), intAt(info, 3, cv::BORDER_CONSTANT));
    });
  }
  Napi::Value cvtColor(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::cvtColor(mat, to, intAt(info, 0, 0)); });
  }
  Napi::Value convertTo(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { mat.convertTo(to, intAt(info, 0, -1), numberOf(info, 1, 1), numberOf(info, 2, 0)); });
  }
  Napi::Value gaussianBlur(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::GaussianBlur(mat, to, sizeOf(info[0]), numberOf(info, 1, 0)); });
  }
  Napi::Value flip(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::flip(mat, to, intAt(info, 0, 0)); });
  }
  Napi::Value rotate(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::rotate(mat, to, intAt(info, 0, 0)); });
  }
  Napi::Value copyMakeBorder(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) {
      cv::copyMakeBorder(mat, to, intAt(info, 0, 0), intAt(info, 1, 0), intAt(info, 2, 0), intAt(info, 3, 0), intAt(info, 4, cv::BORDER_CONSTANT), colourAt(info, 5));
    });
  }
  Napi::Value add(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::add(mat, in(info[0]), to); });
  }
  Napi::Value sub(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { cv::subtract(mat, in(info[0]), to); });
  }
  Napi::Value copy(const Napi::CallbackInfo &info) {
    return result(info, [&](cv::Mat &to) { to = mat.clone(); });
  }
  // Into pixels that are there, of the same size: a region of another one.
  void copyTo(const Napi::CallbackInfo &info) {
    auto &to = in(info[0]);
    if (to.size() != mat.size() || to.type() != mat.type()) throw Napi::RangeError::New(info.Env(), "the two are not of one size and kind");
    guarded(info.Env(), [&] { mat.copyTo(to); });
  }
  void set(const Napi::CallbackInfo &info) {
    auto row = intAt(info, 0, -1), column = intAt(info, 1, -1);
    if (row < 0 || row >= mat.rows || column < 0 || column >= mat.cols || mat.depth() != CV_8U) throw Napi::RangeError::New(info.Env(), "there is no such pixel");
    auto list = info[2].As<Napi::Array>();
    auto *at = mat.ptr<uint8_t>(row, column);
    for (uint32_t i = 0; i < std::min<uint32_t>(mat.channels(), list.Length()); i += 1) at[i] = static_cast<uint8_t>(intOf(list.Get(i)));
  }
  void release(const Napi::CallbackInfo &) {
    mat.release();
    account(0);
  }
  template <typename Work> Napi::Value result(const Napi::CallbackInfo &info, Work work) {
    return guarded(info.Env(), [&] {
      cv::Mat to;
      work(to);
      return of(info.Env(), std::move(to));
    });
  }
};
Napi::FunctionReference Mat::made;

class VideoCapture : public Napi::ObjectWrap<VideoCapture> {
  cv::VideoCapture capture;

 public:
  explicit VideoCapture(const Napi::CallbackInfo &info) : Napi::ObjectWrap<VideoCapture>(info) {
    guarded(info.Env(), [&] { capture.open(textAt(info, 0), intAt(info, 1, cv::CAP_ANY)); });
    if (!capture.isOpened()) throw Napi::Error::New(info.Env(), "failed to open capture");
  }
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("VideoCapture", DefineClass(env, "VideoCapture", {
      InstanceMethod<&VideoCapture::read>("read"), InstanceMethod<&VideoCapture::get>("get"),
      InstanceMethod<&VideoCapture::set>("set"), InstanceMethod<&VideoCapture::release>("release"),
    }));
  }

 private:
  Napi::Value read(const Napi::CallbackInfo &info) {
    return guarded(info.Env(), [&] {
      cv::Mat frame;
      capture.read(frame);
      return Mat::of(info.Env(), std::move(frame));
    });
  }
  Napi::Value get(const Napi::CallbackInfo &info) { return Napi::Number::New(info.Env(), capture.get(intAt(info, 0, 0))); }
  Napi::Value set(const Napi::CallbackInfo &info) { return Napi::Boolean::New(info.Env(), capture.set(intAt(info, 0, 0), numberOf(info, 1, 0))); }
  void release(const Napi::CallbackInfo &) { capture.release(); }
};

class VideoWriter : public Napi::ObjectWrap<VideoWriter> {
  cv::VideoWriter writer;

 public:
  explicit VideoWriter(const Napi::CallbackInfo &info) : Napi::ObjectWrap<VideoWriter>(info) {
    bool in_colour = info.Length() < 5 || info[4].ToBoolean();
    guarded(info.Env(), [&] { writer.open(textAt(info, 0), intAt(info, 1, 0), numberOf(info, 2, 25), sizeOf(info[3]), in_colour); });
    if (!writer.isOpened()) throw Napi::Error::New(info.Env(), "failed to open writer");
  }
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("VideoWriter", DefineClass(env, "VideoWriter", {
      StaticMethod<&VideoWriter::fourcc>("fourcc"), InstanceMethod<&VideoWriter::write>("write"), InstanceMethod<&VideoWriter::release>("release"),
    }));
  }

 private:
  static Napi::Value fourcc(const Napi::CallbackInfo &info) {
    auto text = textAt(info, 0);
    if (text.size() != 4) throw Napi::RangeError::New(info.Env(), "a FOURCC has four letters");
    return Napi::Number::New(info.Env(), cv::VideoWriter::fourcc(text.at(0), text.at(1), text.at(2), text.at(3)));
  }
  void write(const Napi::CallbackInfo &info) { guarded(info.Env(), [&] { writer.write(Mat::in(info[0])); }); }
  void release(const Napi::CallbackInfo &) { writer.release(); }
};

Napi::Value imread(const Napi::CallbackInfo &info) {
  return guarded(info.Env(), [&] { return Mat::of(info.Env(), cv::imread(textAt(info, 0), intAt(info, 1, cv::IMREAD_COLOR))); });
}
Napi::Value imwrite(const Napi::CallbackInfo &info) {
  return guarded(info.Env(), [&] { return Napi::Boolean::New(info.Env(), cv::imwrite(textAt(info, 0), Mat::in(info[1]), flagsAt(info, 2))); });
}
Napi::Value imdecode(const Napi::CallbackInfo &info) {
  if (info.Length() == 0 || !info[0].IsBuffer()) throw Napi::TypeError::New(info.Env(), "that is no buffer");
  auto bytes = info[0].As<Napi::Buffer<uint8_t>>();
  return guarded(info.Env(), [&] {
    cv::Mat there(1, static_cast<int>(bytes.Length()), CV_8U, bytes.Data());
    return Mat::of(info.Env(), cv::imdecode(there, intAt(info, 1, cv::IMREAD_COLOR)));
  });
}
Napi::Value imencode(const Napi::CallbackInfo &info) {
  return guarded(info.Env(), [&] {
    std::vector<uint8_t> bytes;
    cv::imencode(textAt(info, 0), Mat::in(info[1]), bytes, flagsAt(info, 2));
    return Napi::Buffer<uint8_t>::Copy(info.Env(), bytes.data(), bytes.size());
  });
}
Napi::Value getBuildInformation(const Napi::CallbackInfo &info) { return Napi::String::New(info.Env(), cv::getBuildInformation()); }
void setNumThreads(const Napi::CallbackInfo &info) { cv::setNumThreads(intAt(info, 0, 1)); }

// Values, made by plain functions that are called with new.
Napi::Value size(const Napi::CallbackInfo &info) {
  auto self = info.This().As<Napi::Object>();
  self.Set("width", numberOf(info, 0, 0));
  self.Set("height", numberOf(info, 1, 0));
  return self;
}
Napi::Value rect(const Napi::CallbackInfo &info) {
  auto self = info.This().As<Napi::Object>();
  const char *names[] = {"x", "y", "width", "height"};
  for (size_t i = 0; i < 4; i += 1) self.Set(names[i], numberOf(info, i, 0));
  return self;
}

#define NAMED(name) exports.Set(#name, static_cast<int>(cv::name))
Napi::Object load(Napi::Env env, Napi::Object exports) {
  Mat::define(env, exports);
  VideoCapture::define(env, exports);
  VideoWriter::define(env, exports);
  exports.Set("Size", Napi::Function::New<size>(env, "Size"));
  exports.Set("Rect", Napi::Function::New<rect>(env, "Rect"));
  exports.Set("imread", Napi::Function::New<imread>(env));
  exports.Set("imwrite", Napi::Function::New<imwrite>(env));
  exports.Set("imdecode", Napi::Function::New<imdecode>(env));
  exports.Set("imencode", Napi::Function::New<imencode>(env));
  exports.Set("getBuildInformation", Napi::Function::New<getBuildInformation>(env));
  exports.Set("setNumThreads", Napi::Function::New<setNumThreads>(env));
  NAMED(INTER_NEAREST); NAMED(INTER_LINEAR); NAMED(INTER_AREA); NAMED(INTER_CUBIC); NAMED(BORDER_REPLICATE); NAMED(BORDER_CONSTANT);
  NAMED(COLOR_GRAY2BGR); NAMED(COLOR_RGB2BGR); NAMED(COLOR_BGRA2BGR); NAMED(ROTATE_90_CLOCKWISE); NAMED(ROTATE_90_COUNTERCLOCKWISE); NAMED(ROTATE_180);
  NAMED(IMREAD_COLOR); NAMED(IMREAD_IGNORE_ORIENTATION); NAMED(IMREAD_REDUCED_COLOR_2); NAMED(IMREAD_REDUCED_COLOR_4); NAMED(IMREAD_REDUCED_COLOR_8);
  NAMED(IMWRITE_JPEG_QUALITY); NAMED(IMWRITE_JPEG_PROGRESSIVE); NAMED(IMWRITE_WEBP_QUALITY);
  NAMED(CAP_FFMPEG); NAMED(CAP_V4L2); NAMED(CAP_GSTREAMER); NAMED(CAP_PROP_FPS); NAMED(CAP_PROP_POS_MSEC); NAMED(CAP_PROP_FOURCC);
  NAMED(CAP_PROP_FRAME_WIDTH); NAMED(CAP_PROP_FRAME_HEIGHT); NAMED(CAP_PROP_BUFFERSIZE);
  exports.Set("CV_8UC1", CV_8UC1); exports.Set("CV_8UC3", CV_8UC3); exports.Set("CV_8UC4", CV_8UC4); exports.Set("CV_64F", CV_64F);
  auto version = Napi::Object::New(env);
  version.Set("major", cv::getVersionMajor()); version.Set("minor", cv::getVersionMinor()); version.Set("revision", cv::getVersionRevision());
  exports.Set("version", version);
  return exports;
}
NODE_API_MODULE(twinstile_vision, load)

}  // namespace
